from das_tui import late_tls

# Before anything of Textual brings asyncio along.
late_tls.put_off()
