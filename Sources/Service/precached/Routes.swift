import ArgumentParser
import ServiceApp

/// Prints the API's routes.
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the API's routes.",
        shouldDisplay: false
    )

    func run() throws {
        for route in ServiceProgram.routes() { print(route) }
    }
}
