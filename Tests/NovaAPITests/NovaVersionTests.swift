import HTTPTypes
import Testing

@testable import NovaAPI

/// Version documents and microversions.
@Suite(.timeLimit(.minutes(10)))
struct NovaVersionTests {
    @Test(arguments: ["/", "/v2", "/v2/", "/v2.1", "/v2.1/"])
    func versionDocumentsNeedNoToken(path: String) async throws {
        let answer = try await NovaRig().call(.get, path, token: nil, version: nil)
        #expect(answer.status == 200)
        #expect(answer.header("X-Compute-Request-Id")?.hasPrefix("req-") == (path == "/" ? nil : true))
    }

    @Test func browsersFindThePageAndClientsTheVersions() async throws {
        for accept in [
            "text/html,application/xhtml+xml,*/*;q=0.8", "*/*, TEXT/HTML ; q=0.05", "text/html;level=1",
        ] {
            let page = try await NovaRig().call(
                .get,
                "/",
                token: nil,
                version: nil,
                fields: ["Accept": accept]
            )
            #expect(page.status == 303 && page.header("Location") == "ui/", "\(accept)")
            #expect(page.header("Vary") == "Accept")
        }
        for accept in [
            "application/json", "*/*", "text/html;q=0, */*", "text/html;q=0.000", "x-text/html-like/*", "",
        ] {
            let fields = ["Accept": accept]
            let versions = try await NovaRig().call(.get, "/", token: nil, version: nil, fields: fields)
            #expect(versions.status == 200 && versions.text.contains("versions"), "\(accept)")
            #expect(versions.header("Vary") == "Accept", "a cache must not give one to who takes the other")
        }
    }

    @Test func linksLeadWhereTheClientCameFromOrWhereTheOperatorSays() async throws {
        let own = try await NovaRig().call(.get, "/v2.1", fields: ["Host": "cloud:8774"])
        #expect(own.text.contains(#""href":"http://cloud:8774/v2.1/""#))
        #expect(own.text.contains(#""version":"2.100","min_version":"2.1""#))
        let set = try await NovaRig(publicURL: "https://c.example/compute").call(.get, "/v2/", token: nil)
        #expect(set.text.contains(#""href":"https://c.example/compute/v2/""#))
        #expect(set.text.contains(#""id":"v2.0","status":"DEPRECATED","version":"""#))
    }

    @Test(
        arguments: [
            ("compute 2.81", nil, "2.81"), (nil, "2.53", "2.53"), (nil, nil, "2.1"),
            ("compute latest", nil, "2.100"), (nil, "latest", "2.100"),
            ("volume 3.60, compute 2.90", "2.5", "2.90"), ("volume 3.60", nil, "2.1"),
            ("volume 3.60", "2.7", "2.7"),
        ] as [(String?, String?, String)]
    )
    func theVersionAskedForIsTheVersionAnswered(
        standard: String?,
        legacy: String?,
        served: String
    ) async throws {
        let fields = legacy.map { ["X-OpenStack-Nova-API-Version": $0] } ?? [:]
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates", version: standard, fields: fields)
        #expect(answer.status == 200)
        #expect(answer.header("OpenStack-API-Version") == "compute \(served)")
        #expect(answer.header("X-OpenStack-Nova-API-Version") == served)
        #expect(
            answer.headers[values: .vary] == ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"]
        )
        #expect(answer.header("X-OpenStack-Request-Id")?.hasPrefix("req-") == true)
    }

    @Test(arguments: ["2.x", "2", "2.01", "two", "2.1.1", "02.1"])
    func aMalformedVersionIsABadRequest(text: String) async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates", version: "compute \(text)")
        #expect(answer.status == 400)
        #expect(
            answer.message("badRequest")
                == "API Version String \(text) is of invalid format. Must be of format MajorNum.MinorNum."
        )
    }

    @Test(arguments: ["3.0", "2.0", "2.101", "1.1"])
    func aVersionOutOfRangeIsNotAcceptable(text: String) async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates", version: "compute \(text)")
        #expect(answer.status == 406)
        #expect(
            answer.message("computeFault")
                == "Version \(text) is not supported by the API. Minimum is 2.1 and maximum is 2.100."
        )
    }

    @Test func faultsCarryTheVersionToo() async throws {
        let answer = try await NovaRig().call(.get, "/v2.1/os-aggregates/7", version: "compute 2.41")
        #expect(answer.status == 404)
        #expect(answer.header("OpenStack-API-Version") == "compute 2.41")
    }
}
