import ArgumentParser
import ServiceApp

/// What is done to databases while no service uses them.
struct Store: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move the service's state to another database.",
        subcommands: [Copy.self]
    )

    /// Copies a database.
    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy all of a database into an empty one: from a file to PostgreSQL, or back.",
            discussion: """
                No service may use either meanwhile; both are brought up to date first. It prints each table with its rows. \
                The copy comes in one transaction: when it fails, nothing of it is there. A PostgreSQL server's password is \
                taken from database.password_file of the settings.
                """
        )

        @Option(help: ArgumentHelp("What to copy: a file, or a URL (postgresql://…).", valueName: "database"))
        var from: String

        @Option(
            help: ArgumentHelp(
                "Where to: a new file, or the URL of an empty database.",
                valueName: "database"
            )
        )
        var to: String

        @Option(help: "The settings file; else PRECACHED_CONFIG, else /etc/precache/precached.toml.")
        var config: String?

        func run() async throws {
            throw ExitCode(await ServiceProgram.copyStore(from: from, to: to, file: config))
        }
    }
}
