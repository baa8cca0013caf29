import Identity
import Logging
import PrecacheModel
import ProgramKit
import Store

/// The gate that `auth.mode` asks for, and what keeps it in step with the store.
struct CallerAccess: Sendable {
    let gate: any Gatekeeper
    let refresh: TokenRefresh?

    /// Reads the tokens that hold, where they count.
    init(
        _ mode: AuthenticationMode,
        _ tokens: StoredTokens,
        _ cloud: Cloud?,
        _ troubles: Troubles,
        _ logger: Logger
    ) async throws {
        let own = mode.takesTokens ? TokenGate() : nil
        refresh = own.map { gate in
            TokenRefresh(
                gate: gate,
                generation: { try await tokens.tokenGeneration() },
                tokens: { try await tokens.tokens() },
                onChange: { change in
                    // Who did it, only that machine knows: whoever may write the database.
                    switch change {
                    case .made(let token): logger.info("token made", metadata: Self.facts(token))
                    case .revoked(let token): logger.info("token revoked", metadata: Self.facts(token))
                    }
                },
                onEnd: { troubles.note("tokens", "tokens could not be read", $0) }
            )
        }
        try await refresh?.refresh()
        if mode.asksKeystone, let cloud {
            gate = KeystoneGate(cloud.session, own: own, configuration: cloud.configuration.gate) {
                logger.warning("Keystone can't be asked about a token", metadata: ["error": "\($0)"])
            }
        } else {
            gate = own ?? OpenGate()
        }
    }

    private static func facts(_ token: TokenRecord) -> Logger.Metadata {
        var facts: Logger.Metadata = [
            "token": "\(token.name)", "role": "\(token.role.rawValue)", "caller": "precached token",
        ]
        if token.role == .agent { facts["host"] = "\(token.host?.text ?? "any")" }
        return facts
    }
}
