import Identity
import PrecacheAPI
import PrecacheModel
import ProgramKit
import Settings
import Store
import StoreSQLite

extension ServiceProgram {
    /// The roles, as `--role` takes them.
    package static let roles = Role.allCases.map(\.rawValue)

    /// Makes a token and prints it, alone, on standard output; it is shown this once.
    ///
    /// Works beside a running service, which honours it within two seconds.
    ///
    /// - Returns: The exit status.
    package static func createToken(
        name: String,
        role: String,
        host: String?,
        file: String?
    ) async -> Int32 {
        guard PrintableText.isName(name, upTo: 255) else {
            daemon.complain("--name must be 1 to 255 printable characters, no white space at either end")
            return ExitStatus.usage
        }
        guard let role = Role(rawValue: role) else {
            daemon.complain("--role must be one of \(roles.joined(separator: ", "))")
            return ExitStatus.usage
        }
        let bound: HostName?
        do {
            bound = try host.map { try HostName($0) }
        } catch {
            daemon.complain("--host: \(error)")
            return ExitStatus.usage
        }
        guard bound == nil || role == .agent else {
            daemon.complain("--host is for --role agent alone: other roles speak for no host")
            return ExitStatus.usage
        }
        return await withTokens(file: file) { tokens in
            let token = try BearerToken.make()
            do throws(StoreError) {
                _ = try await tokens.createToken(name: name, role: role, host: bound, hash: token.hash)
            } catch {
                guard error.code == .conflict else { throw error }
                let advice = "revoke it first, or choose another name"
                throw StoreError(.conflict, message: "there is a token '\(name)' already: \(advice)")
            }
            print(token.text)
        }
    }

    /// Prints all tokens: name, role, the host that agents' are bound to (`any` for none), when made, when revoked.
    ///
    /// - Returns: The exit status.
    package static func listTokens(file: String?) async -> Int32 {
        await withTokens(file: file) { tokens in
            let all = try await tokens.tokens()
            let width = max(4, all.map(\.name.count).max() ?? 0)
            let hosts = all.map { $0.role == .agent ? $0.host?.text ?? "any" : "-" }
            let hostWidth = max(4, hosts.map(\.count).max() ?? 0)
            print(
                "\(padded("NAME", width))  \(padded("ROLE", 8))  \(padded("HOST", hostWidth))  "
                    + "\(padded("CREATED", 27))  REVOKED"
            )
            for (token, host) in zip(all, hosts) {
                let revoked = token.revokedAt.map(\.description) ?? "-"
                print(
                    "\(padded(token.name, width))  \(padded(token.role.rawValue, 8))  \(padded(host, hostWidth))  "
                        + "\(token.createdAt)  \(revoked)"
                )
            }
        }
    }

    /// Revokes a token; a running service refuses it within two seconds.
    ///
    /// - Returns: The exit status.
    package static func revokeToken(name: String, file: String?) async -> Int32 {
        await withTokens(file: file) { tokens in
            _ = try await tokens.revokeToken(name: name)
        }
    }

    /// Prints what a host's agent may have in place of `agents.token`.
    ///
    /// - Returns: The exit status.
    package static func printAgentToken(host: String, file: String?) -> Int32 {
        guard let configuration = configuration(file) else { return ExitStatus.configuration }
        let name: HostName
        do {
            name = try HostName(host)
        } catch {
            daemon.complain("--host: \(error)")
            return ExitStatus.usage
        }
        guard let secret = configuration.agents.token?.text else {
            daemon.complain("there is nothing to make it from: set agents.token or agents.token_file")
            return ExitStatus.configuration
        }
        guard let token = HostToken(secret: secret, host: name) else {
            daemon.complain("OpenSSL made no HMAC")
            return ExitStatus.failure
        }
        print(token.text)
        return ExitStatus.ok
    }

    private static func withTokens(
        file: String?,
        _ body: (StoredTokens) async throws -> Void
    ) async -> Int32 {
        guard let configuration = configuration(file) else { return ExitStatus.configuration }
        guard becomeOwner(of: configuration.database) else { return ExitStatus.failure }
        return await telling {
            try await with(configuration.database, .tool) { try await body(StoredTokens(engine: $0)) }
        }
    }

    /// The settings; nil if something is wrong with them, which is told.
    private static func configuration(_ file: String?) -> ServiceConfiguration? {
        do {
            return try ServiceConfiguration(daemon.settings(file: file))
        } catch {
            daemon.complain("\(error)")
            return nil
        }
    }
}
