import PrecacheAPI
import PrecacheModel
import Testing

@Suite struct InputTests {
    private func problems<Value>(
        _ text: String,
        _ read: (JSONValue, inout InputProblems) -> Value?
    ) throws -> [String] {
        var problems = InputProblems()
        let value = read(try JSONParser.parse(Array(text.utf8)), &problems)
        #expect((value == nil) == !problems.isEmpty)
        return problems.list.map(\.field)
    }

    @Test func everythingWrongIsToldAtOnce() throws {
        let text =
            #"{"cache":[{"id":1},{"id":"a"},{"id":"a"},{"x":2},7],"parallelism":"0%","max_attempts":true,"k":1}"#
        #expect(
            try problems(text) { CacheOrder($0, &$1) } == [
                "cache[0].id", "cache[2].id", "cache[3].id", "cache[3].x", "cache[4]", "parallelism",
                "max_attempts",
                "k",
            ]
        )
    }

    @Test(arguments: [
        "0", "-1", "1.5", "\"0%\"", "\"101%\"", "\"01\"", "\"\"", "true", "null", "1000001", "\"+3\"",
    ])
    func parallelismIsANumberOrAShare(value: String) throws {
        let text = #"{"cache":[{"id":"a"}],"parallelism":\#(value)}"#
        #expect(try problems(text) { CacheOrder($0, &$1) } == ["parallelism"])
    }

    @Test func aGoodOrderIsRead() throws {
        let text =
            #"{"cache":[{"id":"b"},{"id":"a"}],"parallelism":"25%","host_timeout_seconds":5,"deadline_seconds":9,"keep_seconds":60}"#
        var problems = InputProblems()
        let order = CacheOrder(try JSONParser.parse(Array(text.utf8)), &problems)
        #expect(order?.images.map(\.text) == ["b", "a"] && order?.parallelism == .percent(25))
        #expect(
            order?.hostTimeout == .seconds(5) && order?.maxAttempts == nil && order?.deadline == .seconds(9)
                && order?.keep == .seconds(60)
        )
    }

    @Test(arguments: [
        ("ftp://x/yyyy", "url"), ("http://", "url"), ("http://user:pw@x/y", "url"), ("http://x y/z", "url"),
        ("http://x:0/yy", "url"), ("http://x:99999/", "url"), ("http://x/\u{e9}y", "url"),
        ("http://[::1/yy", "url"),
        ("http:///yyyy", "url"),
    ])
    func urlsThatCannotBeRightAreRefusedAndNotRepeated(url: String, field: String) throws {
        var json = JSONWriter()
        json.object {
            $0.member("url", url)
            $0.member("allow_unverified", true)
        }
        var problems = InputProblems()
        let id = try ImageID("one")
        #expect(ImageReference(id: id, body: try JSONParser.parse(json.bytes), &problems) == nil)
        #expect(problems.list.map(\.field) == [field])
        #expect(!(problems.list.first?.message.contains("pw") ?? true))
    }

    @Test(arguments: ["http://x/y", "https://images.example:8443/a?b=c", "http://[::1]:80/x", "HTTP://X/yyy"])
    func urlsThatCanBeAreTaken(url: String) throws {
        var json = JSONWriter()
        json.object {
            $0.member("url", url)
            $0.member("allow_unverified", true)
        }
        var problems = InputProblems()
        let reference = ImageReference(
            id: try ImageID("one"),
            body: try JSONParser.parse(json.bytes),
            &problems
        )
        #expect(reference?.url == url && problems.isEmpty)
    }

    @Test func anImageWithoutADigestNeedsSayingSo() throws {
        let id = try ImageID("one")
        let read = { (value: JSONValue, problems: inout InputProblems) in
            ImageReference(id: id, body: value, &problems)
        }
        #expect(try problems(#"{"url":"http://x/y"}"#, read) == ["hash"])
        #expect(try problems(#"{"url":"http://x/y","hash":"00"}"#, read) == ["hash_algorithm"])
        #expect(
            try problems(#"{"url":"http://x/y","hash_algorithm":"sha1","hash":"00"}"#, read) == [
                "hash_algorithm"
            ]
        )
        #expect(try problems(#"{"url":"http://x/y","hash_algorithm":"md5","hash":"0"}"#, read) == ["hash"])
        #expect(try problems(#"{"url":"http://x/y","allow_unverified":true}"#, read).isEmpty)
    }

    @Test(arguments: ["0", "-1", "9007199254740992"])
    func anImageHasAByteAtLeast(size: String) throws {
        let id = try ImageID("one")
        let text = #"{"url":"http://x/y","allow_unverified":true,"size_bytes":\#(size)}"#
        #expect(try problems(text) { ImageReference(id: id, body: $0, &$1) } == ["size_bytes"])
    }

    @Test func anInventoryIsReadWholeOrNotAtAll() throws {
        let text = """
            {"hosts":[{"name":"a"},{"name":"a"},{"name":"b c","port":99999}],
             "aggregates":[{"name":"g","hosts":["a","a",1]}],"images":[{"id":"i"}],"z":1}
            """
        #expect(
            try problems(text) { InventoryDocument($0, &$1) } == [
                "hosts[1]", "hosts[2].name", "hosts[2].port", "aggregates[0].hosts[1]",
                "aggregates[0].hosts[2]",
                "images[0].url", "z",
            ]
        )
    }

    @Test func listsThatAreLeftOutAreNotTouched() throws {
        var problems = InputProblems()
        let document = InventoryDocument(.object([]), &problems)
        #expect(document == InventoryDocument(hosts: nil, aggregates: nil, images: nil))
    }

    @Test func hostsHaveDefaults() throws {
        var problems = InputProblems()
        let name = try HostName("compute-1")
        let entry = HostEntry(name: name, body: .object([]), &problems)
        #expect(
            entry == HostEntry(name: name, address: "compute-1", port: 7701, isEnabled: true, labels: [:])
        )
    }

    @Test func onlyAHundredProblemsAreKeptHoweverMany() throws {
        let text = "{\"cache\":[" + Array(repeating: "1", count: 200).joined(separator: ",") + "]}"
        var problems = InputProblems()
        #expect(CacheOrder(try JSONParser.parse(Array(text.utf8)), &problems) == nil)
        #expect(problems.list.count == InputProblems.maximumKept && problems.count == 200)
    }
}

@Suite struct ProblemWordsTests {
    @Test(arguments: [
        (
            #"{"title":"Not Found","status":404,"detail":"there is no host 'n1'","code":"x"}"#,
            "x, there is no host 'n1'"
        ),
        (#"{"detail":"a\u0007b"}"#, "(unprintable)"), (#"{"detail":7,"code":"x"}"#, "x"), ("<html>", ""),
        ("[]", ""),
    ])
    func aRefusalIsToldInItsOwnWords(body: String, words: String) {
        #expect(ProblemWords.read(Array(body.utf8)) == words)
    }
}
