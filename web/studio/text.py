"""A draft as text: CodeMirror, markers, completion, quick fixes, and what the checker says."""

from fastapi import APIRouter

router = APIRouter()
