import HTTPFetching
import ImageService
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import ImageService

@Suite(.timeLimit(.minutes(10)))
struct GlanceClientTests {
    private static let id = "0d6ae1f8-6a4f-4a3e-9f8e-111111111111"
    private static let image =
        #"{"id":"\#(id)","name":"web","status":"active","container_format":"bare","disk_format":"qcow2","size":5,"#
        + #""os_hidden":false,"checksum":"\#(String(repeating: "ab", count: 16))","os_hash_algo":"sha512","#
        + #""os_hash_value":"\#(String(repeating: "cd", count: 64))","virtual_size":null}"#

    private static func image(named name: String, hidden: Bool = false) -> String {
        image.replacing(#""name":"web""#, with: "\"name\":\"\(name)\"")
            .replacing(#""os_hidden":false"#, with: "\"os_hidden\":\(hidden)")
    }

    /// What a Glance was asked, as `PATH TOKEN`.
    private final class Glance: Sendable {
        let seen = Mutex<[String]>([])
        let answer: @Sendable (_ path: String, _ token: String) -> (String, [String], String)

        init(_ answer: @escaping @Sendable (_ path: String, _ token: String) -> (String, [String], String)) {
            self.answer = answer
        }

        func serve(_ connection: ServerConnection) {
            while let request = connection.readRequest() {
                let path = String(request.line.split(separator: " ")[1])
                let token = request.header("x-auth-token") ?? ""
                seen.withLock { $0.append("\(path) \(token)") }
                let (status, headers, body) = answer(path, token)
                connection.respond(status, headers: headers, body: body)
            }
        }
    }

    private func look(
        _ client: GlanceClient,
        _ id: String = GlanceClientTests.id
    ) async throws -> Result<ImageAnswer, ImageServiceError> {
        let key = try ImageKey(id)
        do throws(ImageServiceError) {
            return .success(try await client.image(key))
        } catch {
            return .failure(error)
        }
    }

    private func with(
        _ glance: Glance,
        _ body: (FakeAccess, GlanceClient) async throws -> Void
    ) async throws {
        try await withServer(glance.serve) { server, fetcher in
            let access = FakeAccess([server.url])
            try await body(access, GlanceClient(access: access, fetcher: fetcher, tls: nil))
        }
    }

    @Test func anImageIsDescribedByOneRequest() async throws {
        let glance = Glance { _, _ in ("200 OK", [], Self.image) }
        try await with(glance) { access, client in
            guard case .success(.found(let image)) = try await look(client) else {
                Issue.record("not found")
                return
            }
            #expect(image.url == "\(access.list[0])/v2/images/\(Self.id)/file")
            #expect(image.origin == .imageService && image.sizeBytes == 5 && image.diskFormat == .qcow2)
            #expect(image.digest?.algorithm == .sha512 && !image.allowsUnverified && image.name == "web")
            #expect(glance.seen.withLock { $0 } == ["/v2/images/\(Self.id) t1"])
            let locations = try await client.locations(of: image)
            #expect(locations == [ImageLocation(url: image.url, token: "t1")])
            #expect("\(locations[0])" == image.url)
        }
    }

    @Test func aRefusedTokenIsRenewedOnce() async throws {
        try await with(
            Glance { _, token in
                token == "t1" ? ("401 Unauthorized", [], "<html>") : ("200 OK", [], Self.image)
            }
        ) { access, client in
            guard case .success(.found) = try await look(client) else {
                Issue.record("not found")
                return
            }
            #expect(access.discarded == ["t1"])
        }
        let glance = Glance { _, _ in ("401 Unauthorized", [], "<html>") }
        try await with(glance) { _, client in
            let refused = ImageServiceError.refused("Glance doesn't take the tokens of the service's user")
            let found = try await look(client)
            #expect(found == .failure(refused))
            #expect(glance.seen.withLock { $0.count } == 2)
        }
    }

    @Test(arguments: [
        (
            "403 Forbidden", [],
            ImageServiceError.refused("Glance doesn't let the service's user look at images")
        ),
        ("400 Bad Request", [], .refused("Glance answered 400")),
        (
            "429 Too Many Requests", ["Retry-After: 7"],
            .unavailable("Glance answered 429", retryAfter: .seconds(7))
        ),
        ("502 Bad Gateway", [], .unavailable("Glance answered 502", retryAfter: nil)),
        (
            "200 OK", [],
            .unavailable("Glance's answer is not what the Image API v2 says", retryAfter: nil)
        ),
    ])
    func statusesAreWhatTheyAre(
        status: String,
        headers: [String],
        error: ImageServiceError
    ) async throws {
        try await with(Glance { _, _ in (status, headers, "<html>no</html>") }) { _, client in
            let found = try await look(client)
            #expect(found == .failure(error))
        }
    }

    @Test func oneEndpointThatFailsIsPassedOverAndThenAvoided() async throws {
        let broken = Glance { _, _ in ("503 Service Unavailable", [], "") }
        let working = Glance { _, _ in ("200 OK", [], Self.image) }
        try await withServer(broken.serve) { first, fetcher in
            let second = try ScriptedServer { working.serve($0) }
            defer { second.stop() }
            let access = FakeAccess([first.url, second.url])
            let client = GlanceClient(access: access, fetcher: fetcher, tls: nil)
            for _ in 0..<4 {
                guard case .success(.found(let image)) = try await look(client) else {
                    Issue.record("not found")
                    return
                }
                #expect(image.url.hasPrefix(second.url))
                #expect(try await client.locations(of: image).map(\.url).first == image.url)
            }
            #expect(broken.seen.withLock { $0.count } == 1)
        }
    }

    @Test func aNameMustBeOneImagesAloneAndAHiddenImageIsToldFromNone() async throws {
        try await with(
            Glance { path, _ in
                switch path {
                case "/v2/images?limit=100&name=web": ("200 OK", [], #"{"images":[\#(Self.image)]}"#)
                case "/v2/images?limit=100&name=twin":
                    (
                        "200 OK", [],
                        #"{"images":[\#(Self.image(named: "twin")),\#(Self.image(named: "twin"))]}"#
                    )
                case "/v2/images?limit=100&name=old%2B1&os_hidden=true":
                    (
                        "200 OK", [],
                        #"{"images":[\#(Self.image(named: "old+1", hidden: true))]}"#
                    )
                default: ("200 OK", [], #"{"images":[]}"#)
                }
            }
        ) { _, client in
            guard case .success(.found(let image)) = try await look(client, "web") else {
                Issue.record("not found")
                return
            }
            #expect(image.id.text == Self.id)
            for (name, reason, words) in [
                ("twin", Reason.imageNotFound, "several images"), ("old+1", .imageNotActive, "os_hidden"),
                ("none", .imageNotFound, "no image of this name"),
            ] {
                guard case .success(.absent(reason, let detail)) = try await look(client, name) else {
                    Issue.record("\(name)")
                    continue
                }
                #expect(detail.contains(words))
            }
        }
    }
}

extension GlanceClientTests {
    @Test(arguments: [
        ("Ubuntu 24.04", "Ubuntu%2024.04"), ("bücher & co?", "b%C3%BCcher%20%26%20co%3F"),
        ("🖥", "%F0%9F%96%A5"), ("in:web,db", "eq%3Ain%3Aweb%2Cdb"), (" lead", "%20lead"),
        (String(repeating: "é", count: 255), String(repeating: "%C3%A9", count: 255)),
    ])
    func anyNameIsAskedForAsItIs(name: String, query: String) async throws {
        let glance = Glance { _, _ in ("200 OK", [], #"{"images":[\#(Self.image(named: name))]}"#) }
        try await with(glance) { _, client in
            guard case .success(.found(let image)) = try await look(client, name) else {
                Issue.record("not found")
                return
            }
            #expect(image.id.text == Self.id)
            #expect(glance.seen.withLock { $0 } == ["/v2/images?limit=100&name=\(query) t1"])
        }
    }

    @Test func namesThatTheDatabaseFindsButThatAreOthersDontCount() async throws {
        let others = ["WEB", "web ", "wéb"].map { Self.image(named: $0) }.joined(separator: ",")
        let glance = Glance { _, _ in ("200 OK", [], #"{"images":[\#(others),\#(Self.image)]}"#) }
        try await with(glance) { _, client in
            guard case .success(.found) = try await look(client, "web") else {
                Issue.record("not found")
                return
            }
            guard case .success(.absent(.imageNotFound, _)) = try await look(client, "Web") else {
                Issue.record("another image was taken for it")
                return
            }
        }
    }

    @Test func aUUIDIsNeverTakenForAName() async throws {
        let glance = Glance { path, _ in
            path.contains("?") ? ("200 OK", [], #"{"images":[\#(Self.image)]}"#) : ("404 Not Found", [], "")
        }
        try await with(glance) { _, client in
            guard case .success(.absent(.imageNotFound, _)) = try await look(client) else {
                Issue.record("an image of this name stood in for it")
                return
            }
            #expect(glance.seen.withLock { $0.count } == 1)
        }
    }
}

/// Tokens `t1`, `t2`…, a new one after each that was let go of.
final class FakeAccess: CloudAccess {
    let list: [String]
    private let state = Mutex((number: 1, discarded: [String]()))

    init(_ endpoints: [String]) { list = endpoints }

    var discarded: [String] { state.withLock { $0.discarded } }

    func token() async throws(ImageServiceError) -> String { "t\(state.withLock { $0.number })" }

    func discard(_ token: String) {
        state.withLock { state in
            state.discarded.append(token)
            if token == "t\(state.number)" { state.number += 1 }
        }
    }

    func endpoints() async throws(ImageServiceError) -> [String] { list }
}
