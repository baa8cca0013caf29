import Identity
import Logging
import PrecacheModel
import Store

/// The gate that `auth.mode` asks for, and what keeps it in step with the store.
struct CallerAccess: Sendable {
    let gate: any Gatekeeper
    let refresh: TokenRefresh?

    /// Reads the tokens that hold, where they count.
    init(_ mode: AuthenticationMode, _ tokens: StoredTokens, _ cloud: Cloud?, _ logger: Logger) async throws {
        let own = mode.takesTokens ? TokenGate() : nil
        refresh = own.map { gate in
            TokenRefresh(
                gate: gate,
                generation: { try await tokens.tokenGeneration() },
                tokens: { try await tokens.tokens() }
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
}
