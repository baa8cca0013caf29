/// `{"jobs": […], "next": …}`: a part of a list, and the cursor of the part after it.
struct PageAnswer<Item: ServiceItem>: Decodable {
    let items: [Item]
    let next: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NamedKey.self)
        items = try container.decode([Item].self, forKey: NamedKey(Item.many))
        next = try container.decodeIfPresent(String.self, forKey: NamedKey("next"))
    }
}
