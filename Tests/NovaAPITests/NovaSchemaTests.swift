import PrecacheAPI
import Testing

@testable import NovaAPI

/// Bodies against their schemas; the messages are what Nova 34.0.0's own validator says, with jsonschema 4.26.
@Suite
struct NovaSchemaTests {
    private static let schemas = [
        "create": NovaSchemas.create, "update": NovaSchemas.update, "addHost": NovaSchemas.addHost,
        "removeHost": NovaSchemas.removeHost, "setMetadata": NovaSchemas.setMetadata,
        "images": NovaSchemas.images,
    ]

    /// Schema, body, and what is said of it; nil for a good one.
    private static let cases: [(String, String, String?)] = [
        ("create", #"null"#, #"None is not of type 'object'"#),
        ("create", #"[]"#, #"[] is not of type 'object'"#),
        ("create", #"5"#, #"5 is not of type 'object'"#),
        ("create", #"{}"#, #"'aggregate' is a required property"#),
        (
            "create", #"{"aggregate": 5}"#,
            #"Invalid input for field/attribute aggregate. Value: 5. 5 is not of type 'object'"#
        ),
        (
            "create", #"{"aggregate": {}}"#,
            #"Invalid input for field/attribute aggregate. Value: {}. 'name' is a required property"#
        ),
        (
            "create", #"{"aggregate": {"name": ""}}"#,
            #"Invalid input for field/attribute name. Value: . '' should be non-empty"#
        ),
        (
            "create", #"{"aggregate": {"name": " x"}}"#,
            #"An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace."#
        ),
        (
            "create", #"{"aggregate": {"name": 5}}"#,
            #"Invalid input for field/attribute name. Value: 5. 5 is not of type 'string'"#
        ),
        (
            "create", #"{"aggregate": {"name": null}}"#,
            #"Invalid input for field/attribute name. Value: None. None is not of type 'string'"#
        ),
        (
            "create", #"{"aggregate": {"name": "a\nb"}}"#,
            #"An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace."#
        ),
        (
            "create", #"{"aggregate": {"name": "x", "availability_zone": ""}}"#,
            #"Invalid input for field/attribute availability_zone. Value: . '' is not valid under any of the given schemas"#
        ),
        (
            "create", #"{"aggregate": {"name": "x", "availability_zone": "a:b"}}"#,
            #"Invalid input for field/attribute availability_zone. Value: a:b. 'a:b' is not valid under any of the given schemas"#
        ),
        (
            "create", #"{"aggregate": {"name": "x", "availability_zone": true}}"#,
            #"Invalid input for field/attribute availability_zone. Value: True. True is not valid under any of the given schemas"#
        ),
        (
            "create", #"{"aggregate": {"name": "x", "y": 1.5, "z": ["it's", "\""]}}"#,
            #"Invalid input for field/attribute aggregate. Value: {'name': 'x', 'y': 1.5, 'z': ["it's", '"']}. Additional properties are not allowed ('y', 'z' were unexpected)"#
        ),
        (
            "create", #"{"aggregate": {"name": "x"}, "more": 1}"#,
            #"Additional properties are not allowed ('more' was unexpected)"#
        ),
        ("create", #"{"aggregate": {"name": "x", "availability_zone": null}}"#, nil),
        (
            "create", #"{"aggregate": {"name": " "}}"#,
            #"An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace."#
        ),
        ("create", #"{"aggregate": {"name": "é　x"}}"#, nil),
        (
            "update", #"{"aggregate": {}}"#,
            #"Invalid input for field/attribute aggregate. Value: {}. {} is not valid under any of the given schemas"#
        ),
        (
            "update", #"{"aggregate": {"name": "   "}}"#,
            #"An invalid 'name' value was provided. The name must be: printable characters with at least one non space character"#
        ),
        ("update", #"{"aggregate": {"name": " x "}}"#, nil),
        ("update", #"{"aggregate": {"availability_zone": null}}"#, nil),
        (
            "update", #"{"aggregate": {"x": 1}}"#,
            #"Invalid input for field/attribute aggregate. Value: {'x': 1}. Additional properties are not allowed ('x' was unexpected)"#
        ),
        (
            "update", #"{"aggregate": {"name": "", "x": 1}}"#,
            #"An invalid 'name' value was provided. The name must be: printable characters with at least one non space character"#
        ),
        (
            "addHost", #"{"add_host": {}}"#,
            #"Invalid input for field/attribute add_host. Value: {}. 'host' is a required property"#
        ),
        (
            "addHost", #"{"add_host": {"host": ""}}"#,
            #"Invalid input for field/attribute host. Value: . '' should be non-empty"#
        ),
        (
            "addHost", #"{"add_host": {"host": "h/x"}}"#,
            #"Invalid input for field/attribute host. Value: h/x. 'h/x' does not match '^[a-zA-Z0-9-._]*$'"#
        ),
        (
            "addHost", #"{"add_host": {"host": 1}}"#,
            #"Invalid input for field/attribute host. Value: 1. 1 is not of type 'string'"#
        ),
        (
            "addHost", #"{"add_host": {"host": "h", "x": 1}}"#,
            #"Invalid input for field/attribute add_host. Value: {'host': 'h', 'x': 1}. Additional properties are not allowed ('x' was unexpected)"#
        ),
        (
            "addHost", #"{"add_host": null}"#,
            #"Invalid input for field/attribute add_host. Value: None. None is not of type 'object'"#
        ),
        ("addHost", #"{"add_host": {"host": "h.-_9"}}"#, nil),
        (
            "removeHost", #"{"remove_host": {"host": "h h"}}"#,
            #"Invalid input for field/attribute host. Value: h h. 'h h' does not match '^[a-zA-Z0-9-._]*$'"#
        ),
        (
            "setMetadata", #"{"set_metadata": {}}"#,
            #"Invalid input for field/attribute set_metadata. Value: {}. 'metadata' is a required property"#
        ),
        (
            "setMetadata", #"{"set_metadata": {"metadata": null}}"#,
            #"Invalid input for field/attribute metadata. Value: None. None is not of type 'object'"#
        ),
        (
            "setMetadata", #"{"set_metadata": {"metadata": {"a": 5}}}"#,
            #"Invalid input for field/attribute a. Value: 5. 5 is not of type 'string', 'null'"#
        ),
        (
            "setMetadata", #"{"set_metadata": {"metadata": {"a/b": "x"}}}"#,
            #"Invalid input for field/attribute metadata. Value: {'a/b': 'x'}. 'a/b' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'"#
        ),
        (
            "setMetadata", #"{"set_metadata": {"metadata": {"a/b": "x", "c;": "y", "ok": "z"}}}"#,
            #"Invalid input for field/attribute metadata. Value: {'a/b': 'x', 'c;': 'y', 'ok': 'z'}. 'a/b', 'c;' do not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'"#
        ),
        (
            "setMetadata", #"{"set_metadata": {"metadata": {"": "x"}}}"#,
            #"Invalid input for field/attribute metadata. Value: {'': 'x'}. '' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'"#
        ),
        ("setMetadata", #"{"set_metadata": {"metadata": {"a": null, "b:c. -_": "x"}}}"#, nil),
        ("images", #"{}"#, #"'cache' is a required property"#),
        (
            "images", #"{"cache": []}"#,
            #"Invalid input for field/attribute cache. Value: []. [] should be non-empty"#
        ),
        (
            "images", #"{"cache": {}}"#,
            #"Invalid input for field/attribute cache. Value: {}. {} is not of type 'array'"#
        ),
        (
            "images", #"{"cache": [5]}"#,
            #"Invalid input for field/attribute 0. Value: 5. 5 is not of type 'object'"#
        ),
        (
            "images", #"{"cache": [{}]}"#,
            #"Invalid input for field/attribute 0. Value: {}. 'id' is a required property"#
        ),
        (
            "images", #"{"cache": [{"id": "x"}]}"#,
            #"Invalid input for field/attribute id. Value: x. 'x' is not a 'uuid'"#
        ),
        (
            "images", #"{"cache": [{"id": 5}]}"#,
            #"Invalid input for field/attribute id. Value: 5. 5 is not of type 'string'"#
        ),
        (
            "images", #"{"cache": [{"id": "00000000-0000-4000-8000-000000000001", "x": 1}]}"#,
            #"Invalid input for field/attribute 0. Value: {'id': '00000000-0000-4000-8000-000000000001', 'x': 1}. Additional properties are not allowed ('x' was unexpected)"#
        ),
        (
            "images", #"{"cache": [{"id": "00000000-0000-4000-8000-000000000001"}], "x": 1}"#,
            #"Additional properties are not allowed ('x' was unexpected)"#
        ),
        ("images", #"{"cache": [{"id": "00000000000040008000000000000001"}]}"#, nil),
        (
            "images", #"{"cache": [{"id": "00000000-0000-4000-8000-000000000001"}, {"id": null}]}"#,
            #"Invalid input for field/attribute id. Value: None. None is not of type 'string'"#
        ),
    ]

    @Test(arguments: cases)
    func aBodyIsJudgedInNovasWords(schema: String, body: String, message: String?) throws {
        #expect(try said(schema, body) == message)
    }

    @Test func lengthsAreCountedInCharacters() throws {
        let long = String(repeating: "é", count: 256)
        #expect(try said("create", #"{"aggregate":{"name":"\#(long.dropLast())"}}"#) == nil)
        #expect(
            try said("create", #"{"aggregate":{"name":"\#(long)"}}"#)
                == "Invalid input for field/attribute name. Value: \(long). '\(long)' is too long"
        )
        #expect(
            try said("setMetadata", #"{"set_metadata":{"metadata":{"a":"\#(long)"}}}"#)?.hasSuffix(
                "is too long"
            ) == true
        )
        let key = String(repeating: "k", count: 256)
        #expect(try said("setMetadata", #"{"set_metadata":{"metadata":{"\#(key)":"x"}}}"#) != nil)
        let ids = (0..<257).map { #"{"id":"00000000-0000-4000-8000-\#(100_000_000_000 + $0)"}"# }
        #expect(
            try said("images", #"{"cache":[\#(ids.joined(separator: ","))]}"#)?.hasSuffix("is too long")
                == true
        )
        #expect(try said("images", #"{"cache":[\#(ids.dropLast().joined(separator: ","))]}"#) == nil)
    }

    private func said(_ schema: String, _ body: String) throws -> String? {
        let value = try JSONParser.parse(Array(body.utf8))
        return try #require(Self.schemas[schema]).violation(value, path: [])?.description
    }
}
