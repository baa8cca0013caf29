import FoundationEssentials
import HTTPTypes
import Testing
import WebPage

@testable import ServiceAPI

/// The page's files, as browsers get them.
@Suite struct PageTests {
    private let service = TestService()

    @Test func everyFileOfTheFolderIsBuiltIn() throws {
        let folder = #filePath.replacing("Tests/ServiceAPITests/PageTests.swift", with: "Sources/Page")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        // Sources/System/CPage/page.c has the list.
        #expect(Set(names) == Set(WebPage.files.keys))
        for name in names {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            #expect(WebPage.files[name].map { Data($0.bytes) } == bytes, "\(name)")
        }
    }

    @Test func aFileComesWithWhatItMayDoAndOnceOnly() async throws {
        let first = await service.call(.get, "/ui/", as: nil)
        #expect(first.status == 200 && first.header("Content-Type") == "text/html; charset=utf-8")
        let policy = try #require(first.header("Content-Security-Policy"))
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"))
        #expect(first.header("X-Content-Type-Options") == "nosniff")
        #expect(first.header("Cache-Control") == "no-cache")
        let tag = try #require(first.header("ETag"))
        let again = await service.call(.get, "/ui/", as: nil, headers: ["If-None-Match": tag])
        #expect(again.status == 304 && again.text.isEmpty && again.header("ETag") == tag)
        #expect(await service.call(.get, "/ui/", as: nil, headers: ["If-None-Match": "*"]).status == 304)
        #expect(await service.call(.get, "/ui/", as: nil, headers: ["If-None-Match": "\"x\""]).status == 200)
        let code = await service.call(.get, "/ui/app.js", as: nil)
        #expect(code.status == 200 && code.header("Content-Type") == "text/javascript; charset=utf-8")
        #expect(await service.call(.get, "/ui", as: nil).header("Location") == "ui/")
        for path in ["/ui/none.js", "/ui/..%2Fapp.js", "/ui/app.js/"] {
            #expect(await service.call(.get, path, as: nil).status == 404, "\(path)")
        }
    }
}
