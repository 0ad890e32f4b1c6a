"""How the libraries of the agents' platform read and print: Java, circe, jawn, zio-json, tapir, http4s."""
