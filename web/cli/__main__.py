"""`python -m web.cli`"""

from web.cli import app

app(prog_name="stayline")
