import Testing

@testable import Settings

@Suite("NearestName")
struct NearestNameTests {
    @Test(
        "counts edits",
        arguments: [
            ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("port", "prot", 2),
        ]
    )
    func distance(first: String, second: String, expected: Int) {
        #expect(NearestName.distance(Array(first), Array(second)) == expected)
    }

    @Test("suggests slips, not strangers")
    func suggestions() {
        let known = ["listen.port", "listen.address", "database.path"]
        #expect(NearestName.find("listen.prot", in: known) == "listen.port")
        #expect(NearestName.find("database.file", in: known) == "database.path")
        #expect(NearestName.find("x", in: known) == nil)
        #expect(NearestName.find("keystone.password", in: known) == nil)
    }
}
