"""What AI agents may do with the studio, by the Model Context Protocol (`suno-tui mcp`)."""
