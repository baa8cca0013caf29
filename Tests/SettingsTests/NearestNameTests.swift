import Testing

@testable import Settings

@Suite("NearestName")
struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("port", "prot", 2),
    ])
    func countsEdits(first: String, second: String, expected: Int) {
        #expect(NearestName.distance(Array(first), Array(second)) == expected)
    }

    @Test func suggestsSlipsNotStrangers() {
        let known = ["listen.port", "listen.address", "database.path"]
        #expect(NearestName.find("listen.prot", in: known) == "listen.port")
        #expect(NearestName.find("database.file", in: known) == "database.path")
        #expect(NearestName.find("x", in: known) == nil)
        #expect(NearestName.find("keystone.password", in: known) == nil)
    }
}
