"""Where a person who stands beside the gateway acts in it: on alarms, shelves, filters, endpoints, the site file."""
