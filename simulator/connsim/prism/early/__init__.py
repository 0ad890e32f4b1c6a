"""Version 2023: prism-agent of early 2023, on Akka HTTP and spray-json."""
