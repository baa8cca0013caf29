/// `{"job": {…}}`: one thing under its name.
struct OneAnswer<Item: ServiceItem>: Decodable {
    let item: Item

    init(from decoder: any Decoder) throws {
        item = try decoder.container(keyedBy: NamedKey.self).decode(Item.self, forKey: NamedKey(Item.one))
    }
}
