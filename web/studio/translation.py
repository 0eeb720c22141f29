"""Translation side by side, and wording out to a spreadsheet and in again."""

from fastapi import APIRouter

router = APIRouter()
