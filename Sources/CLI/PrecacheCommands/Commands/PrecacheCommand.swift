import ArgumentParser

/// `precache`.
struct PrecacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache",
        abstract: "Cache VM images on the hosts of an aggregate before anyone boots from them.",
        discussion: """
            The service (precached) is found by PRECACHE_URL or --url; the access token comes from \
            PRECACHE_TOKEN or --token-file. NO_COLOR turns colours off.

            \(ExitStatus.help)

            Shell completion: precache --generate-completion-script bash (or zsh, fish) prints a script, for \
            example for /etc/bash_completion.d/precache.
            """,
        version: PrecacheProgram.version,
        subcommands: [
            CacheCommand.self, JobCommand.self, HostCommand.self, AggregateCommand.self, ImageCommand.self,
            InventoryCommand.self, WebhookCommand.self, StatusCommand.self,
        ]
    )
}
