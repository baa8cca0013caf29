import Testing
import TextForms

@Suite("NearestName")
struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("port", "prot", 1),
        ("ab", "ba", 1), ("cahce", "cache", 1), ("abc", "cab", 2),
    ])
    func countsEdits(first: String, second: String, expected: Int) {
        #expect(NearestName.distance(Array(first), Array(second)) == expected)
    }

    @Test func suggestsSlipsNotStrangers() {
        let known = ["listen.port", "listen.address", "database.path"]
        #expect(NearestName.find("listen.prot", in: known) == "listen.port")
        #expect(NearestName.find("database.file", in: known) == "database.path")
        #expect(NearestName.find("cahce", in: ["job", "cache"]) == "cache")
        #expect(NearestName.find("x", in: known) == nil)
        #expect(NearestName.find("keystone.password", in: known) == nil)
    }
}
