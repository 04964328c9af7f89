"""Writing an inventory: tables, domain files for Local Voice ID, and manifests."""
