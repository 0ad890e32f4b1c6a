"""How the libraries below the agents read and print: Java, circe, jawn, zio-json, tapir, http4s."""
