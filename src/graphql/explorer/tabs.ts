/** An example in the explorer: a document and its variables, which run without changes. */
export interface ExplorerTab {
  query: string;
  variables?: string;
}

// GraphiQL names a tab after its operation. It does not show the variables of the first tab, whose arguments are
// therefore in the document. It marks an object variable of a scalar type as an error, so `values` is in the document
// too. On a laptop its editor shows about 48 characters per line.
export const explorerTabs: ExplorerTab[] = [
  {
    query: `# Welcome! Press the pink play button to run
# this, or Ctrl-Enter. Your API key is in the
# Headers pane below.
#
# The book icon, top left, opens the docs: every
# type, field and argument. While you type,
# press Ctrl-Space for suggestions.
#
# This request loads a whole Kanban board: its
# columns, and the first items of each. The other
# tabs search and write.

query KanbanBoardPage {
  board(id: "board_abc123") {
    name
    description
    columns(first: 20) {
      nodes {
        id
        name
        color
        itemsCount
        items(first: 3) {
          nodes {
            id
            title
            position
            labels
            # custom fields, any JSON
            values
            contact {
              name
              phone
            }
          }
          # For the next page, add
          # after: "<endCursor>"
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Searches items by text and by custom fields.
# Change the search text or the filter in the
# Variables pane below, and run it again.
#
# All conditions must match. "10000" is a string,
# but it compares as a number.

query SearchByValue(
  $boardId: ID!
  $search: String
  $filter: ItemFilter
) {
  items(
    boardId: $boardId
    search: $search
    filter: $filter
    orderBy: [{ field: CREATED_AT, direction: DESC }]
    first: 10
  ) {
    # the number of matches on all pages
    totalCount
    nodes {
      id
      title
      values
      column {
        name
      }
      createdAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: `{
  "boardId": "board_abc123",
  "search": "acme",
  "filter": {
    "values": [
      { "key": "deal_value", "gte": "10000" },
      { "key": "probability", "gte": "50" }
    ]
  }
}`,
  },
  {
    query: `# Two writes in one request. They run in order.
# Run the first tab again to see the new board.
#
# The variables are in the pane below.

mutation CreateAndMove(
  $boardId: ID!
  $title: String!
  $moved: ID!
  $moveTo: String!
) {
  # A new item is last in its column.
  created: createItem(
    input: {
      boardId: $boardId
      title: $title
      columnName: "Lead"
      values: {
        contact_name: "Jane Doe"
        deal_value: "25000"
        source: "Website"
      }
      labels: ["hot-lead", "enterprise"]
    }
  ) {
    item {
      id
      title
      position
      values
      labels
      column {
        name
        itemsCount
      }
    }
  }

  # Omitted fields keep their value.
  moved: updateItem(
    input: {
      boardId: $boardId
      id: $moved
      columnName: $moveTo
    }
  ) {
    item {
      id
      title
      position
      column {
        name
        itemsCount
      }
      version
      updatedAt
    }
  }
}
`,
    variables: `{
  "boardId": "board_abc123",
  "title": "New Lead - XYZ Company",
  "moved": "item_001",
  "moveTo": "Negotiation"
}`,
  },
];
