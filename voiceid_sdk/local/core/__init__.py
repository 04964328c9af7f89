"""The ground that the rules of the service stand on: context, schedule, pages, tokens and ids."""
