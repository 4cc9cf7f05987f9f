"""Playing an edition: from a folder of files, through the services' HTTP APIs."""
