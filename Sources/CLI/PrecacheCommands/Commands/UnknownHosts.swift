import PrecacheClient

/// Agents whose heartbeats the service doesn't take, each with what mends that.
enum UnknownHosts {
    static func list(
        _ context: CommandContext,
        _ options: ListOptions,
        _ limit: Int?
    ) async throws -> ExitStatus {
        let printer = ListPrinter<UnknownHostView>(
            columns: [
                .text("NAME", \.name), .text("FROM", \.address), .time("SINCE", \.since),
                .text("CAUSE", \.cause),
                .prose("DO", advice),
            ],
            empty: "No heartbeat was refused within the last hour.",
            name: \.name
        )
        try await printer.run(context, options, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.unknownHosts(limit: wanted, after: after)
        }
        return .succeeded
    }

    /// What the service doesn't take in the host's name, and what mends that.
    static func line(_ host: UnknownHostView) -> String {
        let last = TimeText.short(host.lastAt).map { " at \($0)" } ?? ""
        let advice = advice(host).map { "; say: \($0)" } ?? ""
        return "a heartbeat\(last) from \(host.address ?? "somewhere"): \(host.cause ?? "")\(advice)"
    }

    private static func advice(_ host: UnknownHostView) -> String? {
        switch host.cause {
        case "unknown_host":
            "precache host set \(host.name) --address \(host.address ?? "ADDRESS") (with --port, if its agent listens on another than 7701)"
        case "refused_token", "other_host":
            "precached token create --role agent --host \(host.name) --name agent-\(host.name) (revoke one of that name first); "
                + "put it where the agent's service.token_file is, and restart the agent"
        default: nil
        }
    }
}
