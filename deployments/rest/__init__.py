"""The gateway's HTTP parts: plain FastAPI, no Ray."""
