import PrecacheClient

/// Changes a host's settings and keeps the others: the service replaces what it is given as a whole.
enum HostChange {
    static func apply(
        to name: String,
        mustExist: Bool,
        _ context: CommandContext,
        _ change: (inout HostSettings) -> Void
    ) async throws -> ExitStatus {
        var known: HostView?
        do throws(ClientError) {
            known = try await context.client.host(name).value
        } catch {
            guard error.kind == .notFound, !mustExist else { throw error }
        }
        var settings = HostSettings(of: known)
        change(&settings)
        try HostRow.show(try await context.client.setHost(name, settings), context)
        return .succeeded
    }
}
