"""The command ``voiceid``: a demo, the server, commands about voices and old data, shell completion."""
