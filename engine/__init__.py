"""The domain of Stayline: it decides, and it talks to nothing outside but our own database."""
