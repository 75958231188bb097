"""The plan of a district as versioned sections: areas, people, departments, dispatch, calendar, facilities, matters."""
