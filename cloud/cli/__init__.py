"""The commands `gridwhistle cloud ...`, each family in a module; parts are imported when called."""
