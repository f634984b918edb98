"""From links to people: certain links, components, where they are cut, and why."""
