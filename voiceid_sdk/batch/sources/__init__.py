"""Sources of manifests: JSON documents, CSV tables, text files and folders."""
