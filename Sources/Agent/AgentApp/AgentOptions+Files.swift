import HTTPFetching
import HTTPServing
import ImageCache
import ImageConversion
import ProgramKit
import PullWork

/// What the settings name outside of themselves.
extension AgentOptions {
    /// Opens the certificates, keys and authorities that the settings name; blocks.
    ///
    /// - Throws: ``AgentStartError`` that names each file that can't be used.
    func checkFiles() throws(AgentStartError) {
        let problems = Daemon.problems(opening: [
            ("listen.tls", { try server.tls?.check() }),
            ("service.ca", { try heartbeat?.tls?.check() }),
            ("downloads.ca", { try pull.tls?.check() }),
        ])
        guard problems.isEmpty else { throw AgentStartError(problems.joined(separator: "\n")) }
    }

    /// Looks whether the cache can be opened where the settings have it; changes nothing, and works beside an agent that has
    /// it open.
    ///
    /// - Throws: ``AgentStartError`` that says what mends it.
    func checkCache() throws(AgentStartError) {
        guard let cache else { return }
        do throws(CacheError) {
            try cache.check()
        } catch {
            throw AgentStartError("cache.directory \(cache.directory) can't be used: \(error)")
        }
    }

    /// What doesn't keep the agent from starting, but will end images.
    var conversionWarnings: [String] {
        do throws(ConversionError) {
            try cache?.converter?.check()
            return []
        } catch {
            return ["cache.convert_to_raw: \(error.description)"]
        }
    }
}
