import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct ImageResolverTests {
    private static let service = FakeService([
        "GET /v1/images?limit=1000": [
            .answer(
                200,
                #"{"images":[{"id":"d12","name":"Debian 12"},{"id":"d12b","name":"twin"}],"next":"c"}"#
            )
        ],
        "GET /v1/images?limit=1000&after=c": [
            .answer(
                200,
                #"{"images":[{"id":"u24","name":"twin"},{"id":"twin-id","name":"d12"}],"next":null}"#
            )
        ],
    ])

    private func ids(_ texts: [String], orNames: Bool = false) async throws(ClientError) -> [String] {
        try await ImageResolver(client: ServiceClient(transport: Self.service)).ids(
            of: texts,
            orNames: orNames
        )
    }

    @Test func findsNamesOnEveryPage() async throws {
        #expect(try await ids(["Debian 12", "u24"]) == ["d12", "u24"])
    }

    @Test func anEmptyNameIsNoImageWithoutOne() async throws {
        let error = await #expect(throws: ClientError.self) { try await ids([""]) }
        #expect(error?.message == "an image's id or name is empty")
    }

    @Test func anIDWinsOverAName() async throws {
        #expect(try await ids(["d12"]) == ["d12"])
    }

    @Test func leavesWhatMayBeAnIDToTheService() async throws {
        let uuid = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"
        #expect(try await ids([uuid, "not-there"]) == [uuid, "not-there"])
    }

    @Test func leavesNamesThatGlanceMayHaveToTheServiceWhereThatTakesThem() async throws {
        let names = ["Ubuntu 24.04", "Bücher 🖥", "debian 12", "Debian 1\u{660}2"]
        #expect(try await ids(names + ["Debian 12"], orNames: true) == names + ["d12"])
        let tooLong = String(repeating: "x", count: 256)
        let error = await #expect(throws: ClientError.self) { try await ids([tooLong], orNames: true) }
        #expect(error?.kind == .notFound)
    }

    @Test func asksNothingForUUIDs() async throws {
        let service = FakeService([:])
        let uuid = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"
        _ = try await ImageResolver(client: ServiceClient(transport: service)).ids(of: [uuid])
        #expect(service.calls.isEmpty)
    }

    @Test func listsTheIDsOfAnAmbiguousName() async {
        let error = await #expect(throws: ClientError.self) { try await ids(["twin"]) }
        #expect(error?.message == "2 images are called 'twin'")
        #expect(error?.fields.map(\.message) == ["d12b", "u24"])
        #expect(error?.hint == "Say which one by its id.")
    }

    @Test func saysThatANameIsUnknown() async {
        let error = await #expect(throws: ClientError.self) { try await ids(["No Such"]) }
        #expect(error?.message == "no image has the id or the name 'No Such'")
        #expect(error?.kind == .notFound)
    }
}
