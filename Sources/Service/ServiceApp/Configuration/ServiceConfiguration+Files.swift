import HTTPFetching
import HTTPServing
import Identity
import PrecacheModel
import ProgramKit

/// What the settings name outside of themselves.
extension ServiceConfiguration {
    /// Opens the certificates, keys and authorities that the settings name; blocks.
    ///
    /// - Throws: ``ConfigurationError`` that names each file that can't be used.
    func checkFiles() throws(ConfigurationError) {
        let problems = Daemon.problems(opening: [
            ("listen.tls", { try server.tls?.check() }),
            ("agents.tls", { try agents.certificates?.tls.check() }),
            ("keystone.ca", { try cloud?.keystone.tls?.check() }),
            ("webhooks.tls.ca", { try webhooks.authorities.map { ClientTLS(caFile: $0) }?.check() }),
        ])
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }
}
