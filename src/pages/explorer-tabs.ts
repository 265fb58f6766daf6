/** An example in the explorer: a document and its variables, which run without changes. */
export interface ExplorerTab {
  query: string;
  variables: string;
}

// GraphiQL names a tab after its operation. On a laptop its editor shows about 48 characters per line.
export const explorerTabs: readonly ExplorerTab[] = [
  {
    query: `# Press the pink button to run this, or
# Ctrl-Enter. Variables are in the pane below;
# your API key is in Headers, beside it.
#
# A whole Kanban board: its columns, and the
# first items of each. The other tabs go on.

query KanbanPage($boardId: ID!) {
  board(id: $boardId) {
    name
    revision
    columns(first: 20) {
      nodes {
        id
        name
        itemsCount
        items(first: 3) {
          nodes {
            id
            title
            labels
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
    variables: '{\n  "boardId": "board_abc123"\n}',
  },
  {
    query: `# Finds the contact of a phone number, however
# it is written, and the contact's items.

query FindByPhone($phone: String!) {
  contacts(phone: $phone, first: 1) {
    nodes {
      id
      name
      items(first: 3) {
        nodes {
          id
          title
          values
        }
      }
    }
  }
}

# Press the button again and choose this one.
# Omitted fields keep their value, and values
# are merged by key.

mutation UpdateFound($id: ID!) {
  updateItem(
    input: {
      id: $id
      values: { probability: "80" }
      labels: ["hot-lead", "called"]
    }
  ) {
    item {
      title
      values
      labels
      version
    }
  }
}
`,
    variables: '{\n  "phone": "0812-345678",\n  "id": "item_001"\n}',
  },
  {
    query: `# Counts and sums of a pipeline, by column, and
# by the month of a date in the values.

query PipelineSums($boardId: ID!) {
  board(id: $boardId) {
    itemGroups(by: { field: COLUMN }) {
      column {
        name
      }
      count
      numbers(key: "deal_value") {
        sum
        avg
      }
    }
    months: itemGroups(
      by: { month: "expected_close" }
      orderBy: KEY
    ) {
      key
      count
    }
  }
}
`,
    variables: '{\n  "boardId": "board_abc123"\n}',
  },
  {
    query: `# Moves a card to the top of another column.
# Run the first tab again to see it there.

mutation MoveACard($id: ID!, $to: String!) {
  moveItem(
    input: { id: $id, columnName: $to, at: TOP }
  ) {
    item {
      title
      position
      version
      column {
        name
        itemsCount
      }
    }
  }
}
`,
    variables: '{\n  "id": "item_001",\n  "to": "Negotiation"\n}',
  },
  {
    query: `# Follows a board live. Run this, then move a
# card in a second window: the change is here
# at once. The button stops it.

subscription FollowChanges($boardIds: [ID!]!) {
  boardChanges(boardIds: $boardIds) {
    # to resume, pass it as after
    cursor
    changes {
      action
      revision
      actor {
        name
      }
      item {
        title
        column {
          name
        }
      }
      fields {
        field
        before
        after
      }
    }
  }
}
`,
    variables: '{\n  "boardIds": ["board_abc123"]\n}',
  },
];
