"""How the routes of web/studio/editing.py are asked for, for the table of rights."""
