"""What people see and press: routes, pages, live updates and the command line."""
