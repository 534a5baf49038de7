"""Fetching from the few sites that Clarity reads, through a connection that is watched.

Only `session` and `downloader` import yt-dlp, and only `clarity.media.fetch` imports those,
when something is fetched.
"""
