"""Rehearsing a draft against a persona."""

from fastapi import APIRouter

router = APIRouter()
