import HTTPServing
import HTTPTypes
import Testing

struct RequestTests {
    @Test(
        arguments: [
            ("/a?b", "/a", "b"), ("/a", "/a", nil), ("/a?", "/a", ""), ("/?x?y", "/", "x?y"),
            ("http://h/p?q", "/p", "q"),
            ("http://h?q", "/", "q"), ("https://h", "/", nil), ("/x://y/z", "/x://y/z", nil), ("*", "*", nil),
        ] as [(String, String, String?)]
    )
    func pathAndQueryAreToldApart(target: String, path: String, query: String?) {
        let request = Request(method: .get, target: target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test func queryItemsAreDecodedInOrder() throws {
        let request = Request(method: .get, target: "/?a=1&b=x+y%20z&a=%C3%A9&empty=&bare&&=v&eq=a=b")
        let items = try request.queryItems().map { "\($0.name):\($0.value)" }
        #expect(items == ["a:1", "b:x y z", "a:\u{e9}", "empty:", "bare:", ":v", "eq:a=b"])
    }

    @Test(arguments: ["a=%FF", "%C3=b", "a=%00"])
    func aQueryThatIsNoTextIs400(query: String) {
        #expect(throws: HTTPFailure.self) { try Request(method: .get, target: "/?\(query)").queryItems() }
    }

    @Test func identifiersDifferAndLookLikeThoseOfOpenStack() {
        let first = Request(method: .get, target: "/").id
        #expect(first != Request(method: .get, target: "/").id)
        #expect(first.utf8.count == 40)
        #expect(first.hasPrefix("req-"))
        #expect(Array(first.utf8)[18] == UInt8(ascii: "4"))
        let request = Request(id: "mine", method: .get, target: "/")
        #expect(request.id == "mine")
        #expect(Request(method: .get, target: "/", headers: [.accept: "x"]).header(.accept) == "x")
    }

    @Test func aBodyAtHandIsCollectedWithinItsLimit() async throws {
        #expect(try await RequestBody([1, 2]).collect(upTo: 2) == [1, 2])
        #expect(try await RequestBody().collect(upTo: 0) == [])
        await #expect(throws: HTTPFailure.self) { try await RequestBody([1, 2, 3]).collect(upTo: 2) }
    }
}
