"""A draft in the studio: cards, forms, undo, and who else has it open."""

from fastapi import APIRouter

router = APIRouter()
