import Glibc
import HTTPFetching
import HTTPServing
import PullWork
import Settings
import TestSupport
import Testing

@testable import AgentApp

/// What the settings make of how images are fetched.
@Suite struct DownloadOptionsTests {
    private func options(_ settings: [String: String] = [:]) throws -> PullConfiguration {
        try AgentOptions(values(settings)).pull
    }

    private func values(_ settings: [String: String]) throws -> SettingsValues {
        let environment = Dictionary(
            uniqueKeysWithValues: settings.map { key, value in
                ("PRECACHE_AGENT_DOWNLOADS_" + key.uppercased(), value)
            }
        )
        return try AgentSettings.schema.load(file: nil, environment: environment, arguments: [])
    }

    private func refusal(_ settings: [String: String]) -> String? {
        do {
            _ = try options(settings)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [(nil, 1_024, 256), ("100", 100, 64), ("7", 7, 7)])
    func noAddressTakesAllConnections(setting: String?, all: Int, one: Int) throws {
        let environment = setting.map { ["PRECACHE_AGENT_LISTEN_CONNECTIONS": $0] } ?? [:]
        let values = try AgentSettings.schema.load(file: nil, environment: environment, arguments: [])
        let limits = try AgentOptions(values).server.limits
        #expect(limits.connections == all && limits.connectionsPerPeer == one)
    }

    @Test func nothingSetIsSafe() throws {
        let pull = try options()
        #expect(pull.proxy == nil && pull.mirrors.isEmpty && pull.credentials == nil)
        #expect(pull.redirectAddresses == .noInternal && !pull.allowsPlainRedirects)
        #expect(pull.timeouts.lowSpeed == .init(bytesPerSecond: 1_024, over: .seconds(30)))
        #expect(try options(["minimum_bytes_per_second": "0"]).timeouts.lowSpeed == nil)
        #expect(try options(["allow_internal_redirects": "true"]).redirectAddresses == .any)
        #expect(try options(["allow_plain_redirects": "true"]).allowsPlainRedirects)
    }

    @Test func theEnvironmentHasASayOnlyIfItMay() throws {
        let environment = [
            "http_proxy": "http://p:1", "HTTP_PROXY": "http://cgi:1", "HTTPS_PROXY": "http://q:2",
            "no_proxy": "a,b",
        ]
        #expect(try AgentOptions.proxy(values([:]), environment: environment) == nil)
        let allowed = try AgentOptions.proxy(
            values(["proxy_from_environment": "true"]),
            environment: environment
        )
        #expect(allowed == ProxyRule(http: "http://p:1", https: "http://q:2", except: "a,b"))
        let own = ["proxy_from_environment": "true", "proxy": "socks5h://own:3", "no_proxy": "c"]
        let first = try AgentOptions.proxy(values(own), environment: environment)
        #expect(first == ProxyRule(http: "socks5h://own:3", https: "socks5h://own:3", except: "c"))
        let all = try AgentOptions.proxy(
            values(["proxy_from_environment": "true"]),
            environment: ["all_proxy": "http://all:1", "https_proxy": ""]
        )
        #expect(all == ProxyRule(http: "http://all:1", https: "http://all:1"))
    }

    @Test func whatCannotBeUsedIsNamedWithoutPasswords() {
        #expect(refusal(["proxy": "p:1"])?.hasPrefix("downloads.proxy 'p:1' can't be used: ") == true)
        #expect(refusal(["proxy": "http://u:secret@p"])?.contains("secret") == false)
        #expect(refusal(["no_proxy": "a"]) == "downloads.no_proxy needs downloads.proxy beside it")
        #expect(refusal(["mirrors": "http://a"])?.hasPrefix("downloads.mirrors: 'http://a' isn't") == true)
    }

    @Test func credentialsAreTheirOwnersAlone() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/sources"
        func write(_ text: String, _ mode: mode_t) {
            folder.write("sources", Array(text.utf8))
            chmod(path, mode)
        }
        #expect(refusal(["credentials_file": path])?.contains("can't be opened") == true)
        for mode in [0o644, 0o660] as [mode_t] {
            write("http://a basic u:secret\n", mode)
            let words = "(mode \(String(mode, radix: 8))): chmod 640 it"
            #expect(refusal(["credentials_file": path])?.contains(words) == true)
        }
        write("http://a basic secret\n", 0o600)
        let wrong = refusal(["credentials_file": path])
        #expect(wrong?.hasPrefix("downloads.credentials_file \(path): line 1 ") == true)
        #expect(wrong?.contains("secret") == false)
        write("http://a basic u:secret\n", 0o640)
        #expect(try options(["credentials_file": path]).credentials != nil)
        write("\u{FEFF}http://a basic u:secret\n", 0o600)
        #expect(try options(["credentials_file": path]).credentials != nil, "as an editor may save it")
        #expect(refusal(["credentials_file": folder.path])?.contains("is no file") == true)
    }
}
