"""How the routes of web/studio/picture.py are asked for, for the table of rights."""
