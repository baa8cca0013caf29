import ImageCache
import Settings
import Testing

@testable import AgentApp

@Suite struct CacheOptionsTests {
    private func options(_ settings: [String: String]) throws -> AgentOptions {
        let environment = Dictionary(
            uniqueKeysWithValues: settings.map { key, value in
                ("PRECACHE_AGENT_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined(), value)
            }
        )
        return try AgentOptions(AgentSettings.schema.load(file: nil, environment: environment, arguments: []))
    }

    private func refusal(_ settings: [String: String]) -> String? {
        do {
            _ = try options(settings)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func novasDirectoryIsFoundAroundItsCache() throws {
        #expect(try options([:]).cache?.instances == "/var/lib/nova/instances")
        #expect(try options(["cache.directory": "/srv/_base/"]).cache?.instances == "/srv")
        #expect(try options(["cache.directory": "/_base"]).cache?.instances == "/")
        #expect(try options(["cache.directory": "_base"]).cache?.instances == ".")
        #expect(try options(["cache.directory": "/srv/images"]).cache?.instances == nil)
        let both = ["cache.directory": "/srv/images", "instances.directory": "/srv/instances"]
        #expect(try options(both).cache?.instances == "/srv/instances")
    }

    @Test func theRoomForADiskIsAllOfItUnlessSaid() throws {
        #expect(try options([:]).cache?.reserve == .virtual)
        #expect(try options(["cache.reserve": "allocated"]).cache?.reserve == .allocated)
    }

    @Test func ownersAreNamesOrNumbers() throws {
        let cache = try options(["cache.owner": "root", "cache.group": "4343", "cache.mode": "0640"]).cache
        #expect(cache?.owner == FileOwner(user: 0, group: 4_343) && cache?.fileMode == 0o640)
        #expect(
            refusal(["cache.owner": "nobody-has-this-name"])
                == "cache.owner 'nobody-has-this-name': there is no such user on this host"
        )
        #expect(
            refusal(["cache.group": "nobody-has-this-name"])
                == "cache.group 'nobody-has-this-name': there is no such group on this host"
        )
    }

    @Test(arguments: ["0666", "4644", "244", "64", "rw-r--r--", "00644"]) func modes(text: String) {
        #expect(refusal(["cache.mode": text])?.hasPrefix("cache.mode '\(text)' can't be used") == true)
    }
}
