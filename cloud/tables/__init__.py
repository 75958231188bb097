"""Tables of people, duty, departments, areas and facilities, in and out as CSV and XLSX: whole or not at all."""
