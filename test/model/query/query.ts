import type { Values } from '../../../src/domain/items/write/values.ts';

export type Operand = string | number | boolean;
/** The types that values sort by. */
export type SortType = 'NUMBER' | 'DATE' | 'TEXT';
export type ValueType = SortType | 'EMAIL' | 'PHONE';

export interface IdTest {
  eq?: string;
  ne?: string;
  in?: string[];
  nin?: string[];
  exists?: boolean;
}

export interface TextTest {
  eq?: string;
  ne?: string;
  in?: string[];
  nin?: string[];
  contains?: string;
  startsWith?: string;
}

export interface LabelTest {
  hasAll?: string[];
  hasAny?: string[];
  hasNone?: string[];
  exists?: boolean;
}

export interface TimeTest {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
}

export interface ValueTest {
  key: string;
  as?: ValueType;
  eq?: Operand;
  ne?: Operand;
  in?: Operand[];
  nin?: Operand[];
  gt?: Operand;
  gte?: Operand;
  lt?: Operand;
  lte?: Operand;
  contains?: string;
  startsWith?: string;
  exists?: boolean;
}

/** The input type `ItemFilter`. */
export interface Filter {
  and?: Filter[];
  or?: Filter[];
  not?: Filter;
  columnId?: IdTest;
  columnName?: TextTest;
  title?: TextTest;
  labels?: LabelTest;
  contactId?: IdTest;
  createdById?: IdTest;
  createdAt?: TimeTest;
  updatedAt?: TimeTest;
  values?: ValueTest[];
}

/** The input type `ItemOrder`. */
export interface Order {
  field?: 'POSITION' | 'CREATED_AT' | 'UPDATED_AT' | 'TITLE';
  value?: { key: string; as?: SortType };
  direction?: 'ASC' | 'DESC';
  nulls?: 'FIRST' | 'LAST';
}

/** The items a query reads from; the kind `workspace` has no id. */
export interface Parent {
  kind: 'board' | 'column' | 'contact' | 'workspace';
  id?: string;
}

/** The arguments of an `items` connection, except those of the page. */
export interface ItemQuery {
  parent: Parent;
  search?: string;
  filter?: Filter;
  orderBy?: Order[];
}

/** An item with its column's name and position. */
export interface Row {
  id: string;
  boardId: string;
  columnId: string;
  columnName: string;
  columnPosition: number;
  title: string;
  position: number;
  values: Values;
  labels: string[];
  contactId: string | null;
  createdById: string;
  createdAt: Date;
  updatedAt: Date;
}
